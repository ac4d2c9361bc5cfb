// An image that nobody has would only show once machines wait for it.

import type { Extension } from 'prybar/extension';

// Built by itself as soon as it is asked for.
const usual = 'debian-12';

export const extension: Extension = {
  validateProposal({ attributes: { image } }, { images }) {
    const name = String(image);
    if (name === usual || Object.hasOwn(images, name)) return [];
    const known = [...new Set([usual, ...Object.keys(images)])].sort().join(', ');
    return [
      {
        severity: 'error',
        summary: `There is no image called ${name}.`,
        where: { pointer: '/attributes/image' },
        next: `There are ${known}. Correct the name, or have it built first: prybar image build ${name}`,
      },
    ];
  },
};
