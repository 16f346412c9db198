// Preloaded into a process: it and what it starts on Node have no network.

import { Socket } from 'node:net';

Socket.prototype.connect = function refuse() {
  throw new Error('there is no network');
};
