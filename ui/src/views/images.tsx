// Operating systems that machines can be given, those that are being made, the way to the boot menu's settings, and the certificates of machines that were erased.

import { Card, CardBody, EmptyState, EmptyStateBody, PageSection, Skeleton } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ImageView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { BuildImage } from '../images/build-image.tsx';
import { ErasureCertificates } from '../images/erasure-certificates.tsx';
import { ImageTable } from '../images/image-table.tsx';
import { PruneImages } from '../images/prune-images.tsx';
import { Activities } from '../parts/activity-list.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { RemoveImage } from '../images/remove-image.tsx';

/** The proposal that says what machines boot; see core/seed.ts. */
const BOOTING = 'system.provisioner';

export function ImagesPage() {
  const images = useAnswer('GET /images', {});
  const { ofSite, mayAct } = useOwnSession();
  const status = useAnswer('GET /status', {});
  // Of each image by its name, however it comes here; see core/os-images.ts.
  const making = status.data?.activities.filter(({ id }) => id.startsWith('image ')) ?? [];
  const proposals = useAnswer('GET /proposals', {});
  const [removing, setRemoving] = useState<ImageView>();
  return (
    <>
      <PageTitle
        title="Images"
        actions={
          ofSite &&
          mayAct && (
            <div className="pb-actions">
              {images.data && images.data.length > 0 && <PruneImages />}
              <BuildImage />
            </div>
          )
        }
      >
        Operating systems that machines can be given.
        {proposals.data?.some(({ id }) => id === BOOTING) && (
          <>
            {' '}
            What a person at a machine's console may start instead is in the <Link to={`/deployments/${BOOTING.replace('.', '/')}`}>boot menu's settings</Link>.
          </>
        )}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={images} />
        {/* There also while nothing is made: what is below stays where it is when something begins. */}
        <Card isCompact component="section" aria-label="Images being made">
          <CardBody className="pb-activity-room">
            {making.length > 0 ? <Activities activities={making} label="Images being made" /> : <p className="pb-subtle">No image is being made.</p>}
          </CardBody>
        </Card>
        {images.isPending && <Skeleton height="12rem" screenreaderText="Reading the images" />}
        {images.data?.length === 0 && (
          <EmptyState titleText="There is no image yet" headingLevel="h2" icon={CubesIcon} variant="sm">
            <EmptyStateBody>
              The usual one is built when a deployment first installs machines; sooner, or with packages of your own, when you build it here. One of an
              installed machine is made by “Make an image of it” in its menu.
            </EmptyStateBody>
          </EmptyState>
        )}
        {images.data && images.data.length > 0 && (
          <Card isCompact>
            <CardBody>
              <ImageTable images={images.data} remove={ofSite && mayAct ? setRemoving : undefined} />
            </CardBody>
          </Card>
        )}
        {ofSite && <ErasureCertificates />}
        {removing && <RemoveImage image={removing} close={() => setRemoving(undefined)} />}
      </PageSection>
    </>
  );
}
