import { JSDOM } from 'jsdom';
import { tryElementIn } from './in-window.js';

const { window } = new JSDOM('<!doctype html><body></body>', { url: 'http://localhost/' });
await tryElementIn(window, process.argv[2]);
