// An image that nobody has, or that the method does not install, would only show once machines wait for it.

import type { Extension } from 'prybar/extension';

// Built by itself as soon as it is asked for.
const usual = 'debian-12';

export const extension: Extension = {
  validateProposal({ attributes: { image, method, layout } }, { images }) {
    const name = String(image);
    const saved = images[name]?.pieces !== undefined;
    if (images[name] && ['image', 'rootfs', 'clonezilla'].includes(String(method)) && saved !== (method === 'clonezilla'))
      return [
        {
          severity: 'error',
          summary: saved ? `The image ${name} was saved by Clonezilla.` : `The image ${name} was not saved by Clonezilla.`,
          where: { pointer: '/attributes/method' },
          next: saved ? 'Set the method to clonezilla, or name another image.' : 'Set the method to image, or import a disk that was: prybar image import',
        },
      ];
    const tree = images[name]?.tree !== undefined;
    if (images[name] && tree && method === 'image')
      return [
        {
          severity: 'error',
          summary: `The image ${name} was made of a machine with mirrors, volume groups or encryption, and comes as files.`,
          where: { pointer: '/attributes/method' },
          next: 'Set the method to rootfs, and the layout to captured or another one.',
        },
      ];
    if (method === 'rootfs' && layout === 'captured' && !tree)
      return [
        {
          severity: 'error',
          summary: `The image ${name} brings no layout.`,
          where: { pointer: '/attributes/layout' },
          next: 'Choose another layout, or capture a machine that has one: prybar image capture',
        },
      ];
    if (name === usual || Object.hasOwn(images, name)) return [];
    const known = [...new Set([usual, ...Object.keys(images)])].sort().join(', ');
    return [
      {
        severity: 'error',
        summary: `There is no image called ${name}.`,
        where: { pointer: '/attributes/image' },
        next: `There are ${known}. Correct the name, or have it built first: prybar image build --name ${name}`,
      },
    ];
  },
};
