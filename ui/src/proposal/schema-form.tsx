// A form drawn from a JSON Schema: one field for each setting, with its meaning, its default and what is wrong with it. Every change goes into the
// text beside it. What it cannot draw is left to that text, and says so.

import {
  Button,
  Checkbox,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core';
import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import PlusCircleIcon from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import { useState } from 'react';
import type { Problem } from '../../../core/model/problem.ts';
import { type Path, pointerOf } from './draft-edit.ts';

export type Schema = {
  title?: string;
  description?: string;
  type?: string | string[];
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  $ref?: string;
  $defs?: Record<string, Schema>;
  oneOf?: Schema[];
  anyOf?: Schema[];
};

type Change = (path: Path, value: unknown) => void;
type FormProps = { root: Schema; problems: readonly Problem[]; change: Change };
type FieldProps = FormProps & { schema: Schema; path: Path; value: unknown; required: boolean };

/** `value`: the attributes as the text has them. */
export function SchemaForm({ root, value, problems, change }: FormProps & { value: Record<string, unknown> }) {
  const fields = Object.entries(root.properties ?? {});
  if (fields.length === 0) return <p className="pb-subtle">It has no settings.</p>;
  return (
    <>
      {fields.map(([name, schema]) => (
        <Field
          key={name}
          root={root}
          problems={problems}
          change={change}
          schema={schema}
          path={['attributes', name]}
          value={value[name]}
          required={root.required?.includes(name) ?? false}
        />
      ))}
    </>
  );
}

type Kind = 'enum' | 'boolean' | 'number' | 'string' | 'object' | 'map' | 'list' | 'other';

function kindOf(schema: Schema): Kind {
  if (schema.enum) return 'enum';
  if (schema.oneOf || schema.anyOf || Array.isArray(schema.type)) return 'other';
  switch (schema.type) {
    case 'boolean':
    case 'string':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return schema.items ? 'list' : 'other';
    case 'object':
      return schema.properties ? 'object' : typeof schema.additionalProperties === 'object' ? 'map' : 'other';
    default:
      return 'other';
  }
}

/** A part that is written once and used by name. */
function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/\$defs\/([^/]+)$/.exec(schema.$ref ?? '')?.[1];
  const { $ref: _, ...own } = schema;
  return name && root.$defs?.[name] ? { ...root.$defs[name], ...own } : schema;
}

const idOf = (path: Path): string => `setting${pointerOf(path).replaceAll(/[^\w-]/g, '-')}`;
const textOfValue = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

function Field(props: FieldProps) {
  const { root, path, value, required, problems, change } = props;
  const schema = resolved(props.schema, root);
  const label = schema.title ?? String(path.at(-1));
  const own = problems.filter((problem) => problem.where?.pointer === pointerOf(path));
  const kind = kindOf(schema);
  // What is there must be of the kind that is drawn; a slip in the text is shown there, not thrown away here.
  const drawable =
    value === undefined ||
    {
      enum: true,
      boolean: typeof value === 'boolean',
      number: typeof value === 'number',
      string: typeof value === 'string',
      object: isMap(value),
      map: isMap(value),
      list: Array.isArray(value),
      other: false,
    }[kind];
  const id = idOf(path);
  const help = <Help id={id} schema={schema} problems={own} />;
  if (kind === 'other' || !drawable)
    return (
      <FormGroup label={label} fieldId={id} isRequired={required}>
        <p id={id} className="pb-subtle">
          {value === undefined ? 'Not set.' : <code className="pb-mono">{JSON.stringify(value)}</code>} Write it in the text beside this form.
        </p>
        {help}
      </FormGroup>
    );
  if (kind === 'object' || kind === 'map' || kind === 'list') return <Branch {...props} schema={schema} kind={kind} label={label} own={own} />;
  const fallback = schema.default === undefined ? '' : textOfValue(schema.default);
  if (kind === 'boolean')
    return (
      <FormGroup fieldId={id} role="group" label={label} isRequired={required}>
        <Checkbox
          id={id}
          label={value === undefined ? `${schema.default === true ? 'Yes' : 'No'}, as it is unless set` : value ? 'Yes' : 'No'}
          aria-label={label}
          isChecked={(value ?? schema.default) === true}
          onChange={(_, checked) => change(path, checked)}
        />
        {help}
      </FormGroup>
    );
  if (kind === 'enum')
    return (
      <FormGroup label={label} fieldId={id} isRequired={required}>
        <FormSelect
          id={id}
          value={value === undefined ? '' : JSON.stringify(value)}
          validated={own.length ? 'error' : 'default'}
          onChange={(_, next) => change(path, next === '' ? undefined : JSON.parse(next))}
        >
          <FormSelectOption value="" label={fallback ? `${fallback}, as it is unless set` : 'Not set'} />
          {schema.enum!.map((option) => (
            <FormSelectOption key={JSON.stringify(option)} value={JSON.stringify(option)} label={textOfValue(option)} />
          ))}
        </FormSelect>
        {help}
      </FormGroup>
    );
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      <TextInput
        id={id}
        type={kind === 'number' ? 'number' : 'text'}
        value={textOfValue(value)}
        placeholder={fallback}
        validated={own.length ? 'error' : 'default'}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-help`}
        {...(schema.minimum !== undefined && { min: schema.minimum })}
        {...(schema.maximum !== undefined && { max: schema.maximum })}
        {...(kind === 'number' && schema.type === 'number' && { step: 'any' })}
        onChange={(_, next) => {
          if (kind === 'string') change(path, next === '' && !required ? undefined : next);
          else change(path, next === '' || Number.isNaN(Number(next)) ? undefined : Number(next));
        }}
      />
      {help}
    </FormGroup>
  );
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function Help({ id, schema, problems }: { id: string; schema: Schema; problems: readonly Problem[] }) {
  return (
    <FormHelperText>
      <HelperText id={`${id}-help`}>
        {problems.map((problem) => (
          <HelperTextItem key={problem.summary} variant="error">
            {problem.summary} {problem.next !== schema.description && problem.next}
          </HelperTextItem>
        ))}
        {schema.description && <HelperTextItem>{schema.description}</HelperTextItem>}
      </HelperText>
    </FormHelperText>
  );
}

type BranchProps = FieldProps & { kind: 'object' | 'map' | 'list'; label: string; own: readonly Problem[] };

/** Several values under one name. */
function Branch({ kind, label, own, schema, path, value, root, problems, change }: BranchProps) {
  const shared = { root, problems, change };
  const id = idOf(path);
  return (
    <FormFieldGroup
      header={<FormFieldGroupHeader titleText={{ text: label, id: `${id}-title` }} titleDescription={<Help id={id} schema={schema} problems={own} />} />}
    >
      {kind === 'object' &&
        Object.entries(schema.properties!).map(([name, inner]) => (
          <Field
            key={name}
            {...shared}
            schema={inner}
            path={[...path, name]}
            value={isMap(value) ? value[name] : undefined}
            required={schema.required?.includes(name) ?? false}
          />
        ))}
      {kind === 'list' && <Entries {...shared} schema={schema} path={path} value={(value ?? []) as unknown[]} label={label} unset={value === undefined} />}
      {kind === 'map' && <Named {...shared} schema={schema} path={path} value={(value ?? {}) as Record<string, unknown>} label={label} />}
    </FormFieldGroup>
  );
}

/** What a new value begins as. */
function blank(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  return { object: {}, array: [], boolean: false, integer: schema.minimum ?? 0, number: schema.minimum ?? 0 }[schema.type as 'object'] ?? '';
}

function Entries({
  schema,
  path,
  value,
  label,
  unset,
  ...shared
}: FormProps & { schema: Schema; path: Path; value: unknown[]; label: string; unset: boolean }) {
  const items = resolved(schema.items!, shared.root);
  return (
    <>
      {unset && schema.default !== undefined && <p className="pb-subtle">Unless set: {JSON.stringify(schema.default)}</p>}
      {value.map((entry, index) => (
        // Entries of a list have no name but their place.
        <div key={`${index}`} className="pb-entry">
          <Field {...shared} schema={{ ...items, title: `${items.title ?? label} ${index + 1}` }} path={[...path, index]} value={entry} required />
          <Button
            variant="plain"
            icon={<MinusCircleIcon />}
            aria-label={`Remove ${label} ${index + 1}`}
            onClick={() => shared.change([...path, index], undefined)}
          />
        </div>
      ))}
      <div>
        <Button
          variant="link"
          isInline
          icon={<PlusCircleIcon />}
          onClick={() => (value.length || !unset ? shared.change([...path, value.length], blank(items)) : shared.change(path, [blank(items)]))}
        >
          Add to {label}
        </Button>
      </div>
    </>
  );
}

function Named({ schema, path, value, label, ...shared }: FormProps & { schema: Schema; path: Path; value: Record<string, unknown>; label: string }) {
  const [name, setName] = useState('');
  const inner = resolved(schema.additionalProperties as Schema, shared.root);
  const id = `${idOf(path)}-name`;
  return (
    <>
      {Object.entries(value).map(([key, entry]) => (
        <div key={key} className="pb-entry">
          <Field {...shared} schema={{ ...inner, title: key }} path={[...path, key]} value={entry} required />
          <Button
            variant="plain"
            icon={<MinusCircleIcon />}
            aria-label={`Remove ${key} from ${label}`}
            onClick={() => shared.change([...path, key], undefined)}
          />
        </div>
      ))}
      <div className="pb-actions">
        <TextInput
          id={id}
          className="pb-entry__name"
          aria-label={`New name in ${label}`}
          placeholder="name"
          value={name}
          onChange={(_, text) => setName(text.trim())}
        />
        <Button
          variant="link"
          isInline
          icon={<PlusCircleIcon />}
          isDisabled={name === '' || Object.hasOwn(value, name)}
          onClick={() => {
            shared.change([...path, name], blank(inner));
            setName('');
          }}
        >
          Add to {label}
        </Button>
      </div>
    </>
  );
}
