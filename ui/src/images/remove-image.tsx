// Takes an image out of the catalogue, after saying what that means. One that machines are still given is refused, with who gives it.

import { List, ListItem } from '@patternfly/react-core';
import type { ImageView } from '../../../core/api/contract.ts';
import { Removal } from '../parts/removal.tsx';

export function RemoveImage({ image, close }: { image: ImageView; close: () => void }) {
  return (
    // By its digest: several may have its name.
    <Removal route="DELETE /images/:name" ask={{ params: { name: image.digest } }} title={`Remove ${image.name} ${image.version}?`} close={close}>
      <List>
        <ListItem>Its file is deleted from the admin node.</ListItem>
        <ListItem>Machines that run it keep their systems.</ListItem>
        <ListItem>
          {image.provenance.captured
            ? `It was captured from ${image.provenance.captured.nodeName} and cannot be built anew.`
            : image.provenance.imported
              ? 'It was imported, and can be only where its files still are.'
              : 'It can be built anew.'}
        </ListItem>
      </List>
    </Removal>
  );
}
