// Prints the page as a server renders it.

import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import 'tickcast/element';
import { Page } from './react-page.jsx';

console.log(
  renderToString(
    <StrictMode>
      <Page url={process.argv[2]} />
    </StrictMode>,
  ),
);
