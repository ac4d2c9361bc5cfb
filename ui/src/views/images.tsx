// Operating systems that machines can be given, the way to the boot menu's settings, and the certificates of machines that were erased.

import { Card, CardBody, EmptyState, EmptyStateBody, PageSection, Skeleton } from '@patternfly/react-core';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ImageView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { ErasureCertificates } from '../images/erasure-certificates.tsx';
import { ImageTable } from '../images/image-table.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { RemoveImage } from '../images/remove-image.tsx';

/** The proposal that says what machines boot; see core/seed.ts. */
const BOOTING = 'system.provisioner';

export function ImagesPage() {
  const images = useAnswer('GET /images', {});
  const { ofSite } = useOwnSession();
  const proposals = useAnswer('GET /proposals', {});
  const [removing, setRemoving] = useState<ImageView>();
  return (
    <>
      <PageTitle title="Images">
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
        {images.isPending && <Skeleton height="12rem" screenreaderText="Reading the images" />}
        {images.data?.length === 0 && (
          <EmptyState titleText="There is no image yet" headingLevel="h2" icon={CubesIcon} variant="sm">
            <EmptyStateBody>
              The usual one is built when a deployment first installs machines; sooner, or with packages of your own, by “prybar image build”. One of an
              installed machine is made by “prybar image capture”.
            </EmptyStateBody>
          </EmptyState>
        )}
        {images.data && images.data.length > 0 && (
          <Card isCompact>
            <CardBody>
              <ImageTable images={images.data} remove={setRemoving} />
            </CardBody>
          </Card>
        )}
        {ofSite && <ErasureCertificates />}
        {removing && <RemoveImage image={removing} close={() => setRemoving(undefined)} />}
      </PageSection>
    </>
  );
}
