// Files of the reader's own machine, dropped or chosen; what was chosen is named under it.

import { Button, FormGroup, MultipleFileUpload, MultipleFileUploadMain } from '@patternfly/react-core';
import UploadIcon from '@patternfly/react-icons/dist/esm/icons/upload-icon';
import { diskText } from './words.ts';

type FilesFieldProps = { id: string; label: string; help: string; files: readonly File[]; change: (files: File[]) => void; several?: boolean };

export function FilesField({ id, label, help, files, change, several = false }: FilesFieldProps) {
  return (
    <FormGroup role="group" label={label} fieldId={id} isRequired>
      <MultipleFileUpload
        id={id}
        isHorizontal
        onFileDrop={(_, dropped) =>
          change(several ? [...files.filter(({ name }) => !dropped.some((one) => one.name === name)), ...dropped] : dropped.slice(-1))
        }
        dropzoneProps={{ multiple: several }}
      >
        <MultipleFileUploadMain
          titleIcon={<UploadIcon />}
          titleText={several ? 'Drop files here' : 'Drop a file here'}
          titleTextSeparator="or"
          infoText={help}
          browseButtonText="Choose"
        />
      </MultipleFileUpload>
      {files.length > 0 && (
        <ul aria-label={`Chosen: ${label}`}>
          {files.map(({ name, size }) => (
            <li key={name} className="pb-break">
              {name} <span className="pb-subtle">{diskText(size)}</span>{' '}
              {several && (
                <Button variant="link" isInline size="sm" onClick={() => change(files.filter((file) => file.name !== name))}>
                  Leave out<span className="pf-v6-u-screen-reader"> {name}</span>
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </FormGroup>
  );
}
