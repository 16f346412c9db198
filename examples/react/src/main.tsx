import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import 'tickcast/element';
import 'tickcast/element/react';
import { Sale } from './Sale.tsx';

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Sale />
  </StrictMode>,
);
