import { Window } from 'happy-dom';
import { tryElementIn } from './in-window.js';

await tryElementIn(new Window({ url: 'http://localhost/' }), process.argv[2]);
