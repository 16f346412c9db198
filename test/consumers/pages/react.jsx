// The element is defined, and in the page, before React hydrates it.

import 'tickcast/element';
import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { Page } from './react-page.jsx';

const root = document.getElementById('root');
hydrateRoot(
  root,
  <StrictMode>
    <Page url={root.dataset.url} />
  </StrictMode>,
);
