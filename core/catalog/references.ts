// What barclamps say of one another must hold: edges, inputs and versions name things that exist.

import { satisfies } from 'semver';
import type { Catalog } from '../model/catalog.ts';
import { problem, type Problem, warning } from '../model/problem.ts';

/** Edges, inputs and the roles whose nodes are listed. */
export function checkReferences(catalog: Catalog): Problem[] {
  const problems: Problem[] = [];
  const provided = new Set([...catalog.roles.values()].flatMap((role) => role.declaration.provides));
  for (const { declaration: role } of catalog.roles.values()) {
    const file = `${role.barclamp}/barclamp.yml`;
    const known = (name: string) => catalog.roles.has(name) || provided.has(name);
    for (const edge of ['requires', 'waitsFor', 'conflictsWith'] as const) {
      for (const name of role[edge]) {
        if (known(name)) continue;
        const words = [
          `${role.name} names the role ${name} in ${edge}, but no barclamp has it.`,
          { file, pointer: `/roles/${role.name}/${edge}` },
          'Check the spelling, or install the barclamp that has it.',
        ] as const;
        problems.push(edge === 'conflictsWith' ? warning(...words) : problem(...words));
      }
    }
    for (const name of catalog.roles.get(role.name)!.reads) {
      if (!known(name))
        problems.push(
          problem(
            `A template of ${role.name} lists the nodes of ${name}, but no barclamp has that role.`,
            { file, pointer: `/roles/${role.name}` },
            'Check the spelling, or install the barclamp that has it.',
          ),
        );
    }
    for (const input of role.inputs) {
      const [source, output] = input.split('.') as [string, string];
      if (source === 'site') {
        if (!['nodes', 'networks', 'images', 'admin', 'home'].includes(output))
          problems.push(
            problem(`${role.name} reads ${input}; site has nodes, networks, images, admin and home.`, { file, pointer: `/roles/${role.name}/inputs` }),
          );
        continue;
      }
      // What several roles stand in for is published by each of them.
      const upstream = [...catalog.roles.values()].map((r) => r.declaration).filter((r) => r.name === source || r.provides.includes(source));
      const silent = upstream.find((r) => !r.outputs[output]);
      if (!upstream.length || silent) {
        problems.push(
          problem(
            `${role.name} reads ${input}, but ${silent ? `${silent.name} declares no such output` : `no barclamp has the role ${source}`}.`,
            { file, pointer: `/roles/${role.name}/inputs` },
            'Declare the output there, or correct the name.',
          ),
        );
      } else if (!role.waitsFor.includes(source) && !role.requires.includes(source)) {
        problems.push(
          problem(
            `${role.name} reads ${input} without waiting for ${source}.`,
            { file, pointer: `/roles/${role.name}/inputs` },
            `Add ${source} to waitsFor (or to requires, for the same node).`,
          ),
        );
      }
    }
  }
  return problems;
}

/** The version ranges in `needs`, of Prybar and of other barclamps. */
export function checkNeeds(catalog: Catalog, prybarVersion: string): Problem[] {
  const problems: Problem[] = [];
  for (const { name, version, needs } of catalog.barclamps.values()) {
    const file = `${name}/barclamp.yml`;
    if (needs.prybar !== undefined && !satisfies(prybarVersion, needs.prybar)) {
      problems.push(
        problem(
          `${name} ${version} needs Prybar ${needs.prybar}, and this is ${prybarVersion}.`,
          { file, pointer: '/needs/prybar' },
          'Take a version of the barclamp made for this Prybar, or another Prybar.',
        ),
      );
    }
    for (const [other, range] of Object.entries(needs.barclamps)) {
      const found = catalog.barclamps.get(other);
      const where = { file, pointer: `/needs/barclamps/${other}` };
      if (!found)
        problems.push(
          problem(
            `${name} ${version} needs the barclamp ${other} ${range}, which is not there.`,
            where,
            `Install it: prybar barclamp install ${other}@'${range}' --from FOLDER-OR-URL`,
          ),
        );
      else if (!satisfies(found.version, range))
        problems.push(
          problem(
            `${name} ${version} needs ${other} ${range}, and ${other} is ${found.version}.`,
            where,
            `Install a version of ${other} that fits, or one of ${name} that is content with ${found.version}.`,
          ),
        );
    }
  }
  return problems;
}
