// The operations of Amazon SQS that send messages. The event source mapping, which receives them, runs in this process.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
// The error texts are those of AWS, as far as public reports show them.

import type { MessageQueue } from './message-queue.ts';

/** An error of the JSON protocol. */
export class QueueError extends Error {
  /** Value of `__type`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** @returns the queue with this URL */
type FindQueue = (url: string) => MessageQueue | undefined;

type Input = Readonly<Record<string, unknown>>;

/** The refusal of one message. */
interface Fault {
  readonly code: string;
  readonly message: string;
}

const MAX_DELAY_SECONDS = 900;
const MAX_ENTRIES = 10;
/** Maximum size of a message, and of all messages of a batch. */
const MAX_BYTES = 1024 * 1024;

const OPERATIONS: Readonly<Record<string, (queue: MessageQueue, input: Input) => object>> = {
  'AmazonSQS.SendMessage': sendMessage,
  'AmazonSQS.SendMessageBatch': sendMessageBatch,
};

/** Executes an operation.
 *  @param target value of `x-amz-target`
 *  @returns the body of the answer
 *  @throws {QueueError} */
export function perform(target: string, body: string, findQueue: FindQueue): object {
  const operation = Object.hasOwn(OPERATIONS, target) ? OPERATIONS[target] : undefined;
  if (operation === undefined) {
    throw new QueueError('com.amazon.coral.service#UnknownOperationException', `no such operation: "${target}"`);
  }
  const input = parseInput(body);
  const queue = typeof input.QueueUrl === 'string' ? findQueue(input.QueueUrl) : undefined;
  if (queue === undefined) throw sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return operation(queue, input);
}

function sendMessage(queue: MessageQueue, input: Input): object {
  const fault = faultOf(input);
  if (fault !== undefined) throw new QueueError(`com.amazon.coral.service#${fault.code}Exception`, fault.message);
  return send(queue, input);
}

function sendMessageBatch(queue: MessageQueue, input: Input): object {
  const entries = entriesOf(input);
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const { Id } = entry;
    const fault = faultOf(entry);
    if (fault === undefined) Successful.push({ Id, ...send(queue, entry) });
    else Failed.push({ Id, SenderFault: true, Code: fault.code, Message: fault.message });
  }
  return { Successful, Failed };
}

function send(queue: MessageQueue, { MessageBody, DelaySeconds = 0 }: Input): object {
  const { messageId, md5OfBody } = queue.send(MessageBody as string, DelaySeconds as number);
  return { MessageId: messageId, MD5OfMessageBody: md5OfBody };
}

/** @throws {QueueError} if the whole batch is refused */
function entriesOf({ Entries: entries }: Input): Input[] {
  if (!Array.isArray(entries) || entries.length === 0) {
    const message = 'There should be at least one SendMessageBatchRequestEntry in the request.';
    throw sqsError('EmptyBatchRequest', message);
  }
  if (entries.length > MAX_ENTRIES) {
    const message = `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`;
    throw sqsError('TooManyEntriesInBatchRequest', message);
  }
  if (!entries.every(isObject)) throw malformed('Entries must be objects');
  const ids = new Set<unknown>();
  for (const { Id } of entries) {
    if (typeof Id !== 'string' || !/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      const message =
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
      throw sqsError('InvalidBatchEntryId', message);
    }
    if (ids.has(Id)) throw sqsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
  const bytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(String(MessageBody ?? '')), 0);
  if (bytes <= MAX_BYTES) return entries;
  const message = `Batch requests cannot be longer than ${MAX_BYTES} bytes. You have sent ${bytes} bytes.`;
  throw sqsError('BatchRequestTooLong', message);
}

function faultOf({ MessageBody: body, DelaySeconds: delay = 0 }: Input): Fault | undefined {
  if (typeof body !== 'string' || body === '') {
    return { code: 'MissingParameter', message: 'The request must contain the parameter MessageBody.' };
  }
  if (Buffer.byteLength(body) > MAX_BYTES) {
    const message = `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_BYTES} bytes.`;
    return { code: 'InvalidParameterValue', message };
  }
  if (Number.isInteger(delay) && Number(delay) >= 0 && Number(delay) <= MAX_DELAY_SECONDS) return undefined;
  const reason = `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`;
  const message = `Value ${delay} for parameter DelaySeconds is invalid. Reason: ${reason}`;
  return { code: 'InvalidParameterValue', message };
}

function parseInput(body: string): Input {
  try {
    const input: unknown = JSON.parse(body);
    if (isObject(input)) return input;
  } catch {
    // Refused like any other text that is not an object.
  }
  throw malformed('the body must be a JSON object');
}

function isObject(value: unknown): value is Input {
  return typeof value === 'object' && value !== null;
}

function malformed(message: string): QueueError {
  return new QueueError('com.amazon.coral.service#SerializationException', message);
}

function sqsError(name: string, message: string): QueueError {
  return new QueueError(`com.amazonaws.sqs#${name}`, message);
}
