import assert from 'node:assert/strict';
import { type Image, imageCalled } from './image.ts';

const image = (version: string, digest: string, createdAt: number): Image => ({
  name: 'debian-12',
  version,
  platform: 'debian-12',
  digest,
  bytes: 1,
  rawBytes: 2,
  rawDigest: '00',
  rootPartition: 3,
  file: '/image',
  signature: { publicKey: '', signature: '' },
  sbom: '/sbom',
  provenance: { recipe: '', sources: [], packages: [], extraPackages: [] },
  createdAt,
});

describe('imageCalled', () => {
  const old = image('12.10-a', 'aaaaaaaa01', 1);
  const current = image('12.11-b', 'bbbbbbbb02', 2);
  const images = [current, old];

  it('takes the newest of a name', () => assert.equal(imageCalled(images, 'debian-12'), current));
  it('takes an older one where its version is given', () => assert.equal(imageCalled(images, 'debian-12@12.10-a'), old));
  it('takes a digest, and the beginning of one', () => {
    assert.equal(imageCalled(images, 'aaaaaaaa01'), old);
    assert.equal(imageCalled(images, 'bbbbbbbb'), current);
  });
  it('finds nothing by another name, another version or too few digits', () => {
    assert.equal(imageCalled(images, 'debian'), undefined);
    assert.equal(imageCalled(images, 'debian-12@12'), undefined);
    assert.equal(imageCalled(images, 'aaaa'), undefined);
  });
});
