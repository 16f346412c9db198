// The command line of `npm run viewers`.

import { MAX_MESSAGE_BYTES, MAX_REASON_BYTES } from '../../protocol/limits.ts';
import { parseCommandLine, UsageError } from '../common/command-line.ts';

/** The deployment: the origin of a local run, or the name of a CloudFormation stack. */
export type Place = { readonly url: string } | { readonly stack: string };

/** One connection, all connections with an id, or all connections. */
export type Choice = { readonly connection: string } | { readonly id: string } | { readonly all: true };

export type ViewersOptions =
  | { readonly action: 'list'; readonly place: Place; readonly isJson: boolean }
  | { readonly action: 'send'; readonly place: Place; readonly choice: Choice; readonly text: string }
  | {
      readonly action: 'close';
      readonly place: Place;
      readonly choice: Choice;
      readonly code: number;
      readonly reason: string;
    };

export const USAGE = `Usage: npm run viewers -- list [--json]
       npm run viewers -- send  <viewers> --text <text>
       npm run viewers -- close <viewers> [--code <number>] [--reason <text>]

  <viewers>  --connection <id>  one connection, by API Gateway's id
             --id <id>          all connections with ?id=<id>
             --all              all connections

  --text <text>     the text to send, at most 128 KB
  --code <number>   1000 or 3000 to 4999, sent in the closing notice (default 1000). With 1012 (service restart) or
                    1013 (try again later) viewers have 10 s to go to another cell
  --reason <text>   sent in the closing notice, at most 123 bytes of UTF-8 (default none)
  --url <url>       URL of the local run (default http://localhost:8888)
  --stack <name>    use a deployed stack, with the AWS credentials and region of the environment
  --json            print a JSON array
  --help            print this
`;

const NORMAL_CLOSURE = 1000;

/** Codes that make clients go to another cell: service restart, and try again later.
 *  https://www.iana.org/assignments/websocket/websocket.xhtml */
export const isMove = (code: number) => code === 1012 || code === 1013;

const PLACE = { url: { type: 'string' }, stack: { type: 'string' } } as const;
const WHOM = { connection: { type: 'string' }, id: { type: 'string' }, all: { type: 'boolean' } } as const;
const CLOSE_OPTIONS = {
  ...PLACE,
  ...WHOM,
  code: { type: 'string', default: String(NORMAL_CLOSURE) },
  reason: { type: 'string', default: '' },
} as const;

/** @throws {UsageError} with the option, its value and what is allowed */
export function parseOptions([action, ...args]: readonly string[]): ViewersOptions | 'help' {
  switch (action) {
    case '--help':
      return 'help';
    case 'list':
      return parseCommandLine(args, { ...PLACE, json: { type: 'boolean', default: false } }, (values) => {
        return { action, place: placeOf(values), isJson: values.json };
      });
    case 'send':
      return parseCommandLine(args, { ...PLACE, ...WHOM, text: { type: 'string' } }, (values) => {
        return { action, place: placeOf(values), choice: choiceOf(values), text: parseText(values.text) };
      });
    case 'close':
      return parseCommandLine(args, CLOSE_OPTIONS, (values) => {
        const { code, reason } = values;
        return {
          action,
          place: placeOf(values),
          choice: choiceOf(values),
          code: parseCode(code),
          reason: parseReason(reason),
        };
      });
    default:
      throw new UsageError(`the first word must be list, send or close, got ${action ? `"${action}"` : 'nothing'}`);
  }
}

function placeOf({ url, stack }: { url?: string; stack?: string }): Place {
  if (stack === undefined) return { url: parseUrl(url ?? 'http://localhost:8888') };
  if (url !== undefined) throw new UsageError('--url and --stack exclude each other');
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stack)) return { stack };
  throw new UsageError(`--stack must be the name of a stack: a letter, then letters, digits and -, got "${stack}"`);
}

function parseUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return new URL(text).origin;
  throw new UsageError(`--url must be that of a local run, such as http://localhost:8888, got "${text}"`);
}

function choiceOf({ connection, id, all }: { connection?: string; id?: string; all?: boolean }): Choice {
  const choices: Choice[] = [];
  if (connection !== undefined) choices.push({ connection });
  if (id !== undefined) choices.push({ id });
  if (all) choices.push({ all });
  const [choice] = choices;
  if (choices.length !== 1 || choice === undefined) {
    throw new UsageError(`give exactly one of --connection, --id and --all, got ${choices.length || 'none'}`);
  }
  if (connection === '') throw new UsageError('--connection must be the id of a connection, got an empty text');
  return choice;
}

function parseText(text: string | undefined): string {
  if (!text) throw new UsageError(`--text must be a text, got ${text === undefined ? 'none' : 'an empty one'}`);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_MESSAGE_BYTES) return text;
  throw new UsageError(`--text must be at most ${MAX_MESSAGE_BYTES} bytes of UTF-8, got ${bytes}`);
}

/** Accepts the codes that an application may use (RFC 6455, section 7.4, as for `close()` in browsers), and those of
 *  {@link isMove}. */
function parseCode(text: string): number {
  const code = /^\d{4}$/.test(text) ? Number(text) : Number.NaN;
  if (code === NORMAL_CLOSURE || isMove(code) || (code >= 3000 && code <= 4999)) return code;
  throw new UsageError(`--code must be 1000, 1012, 1013 or a number from 3000 to 4999, got "${text}"`);
}

function parseReason(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_REASON_BYTES) return text;
  throw new UsageError(`--reason must be at most ${MAX_REASON_BYTES} bytes of UTF-8, got ${bytes}`);
}
