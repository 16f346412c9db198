// Validates the answer of a Lambda function to API Gateway, in payload format 1.0. Public reports of refused answers:
// architect/architect#1093, middyjs/middy#1219.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format

export interface ProxyAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
}

const KEYS = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];

/** @returns undefined for a malformed answer. Unconfirmed: a text or 1xx as `statusCode` is malformed, and `null` for
 *  another key is not. */
export function parseProxyAnswer(value: unknown): ProxyAnswer | undefined {
  if (!isObject(value) || Object.keys(value).some((key) => !KEYS.includes(key))) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = value;
  const isWellFormed =
    typeof statusCode === 'number' &&
    Number.isInteger(statusCode) &&
    statusCode >= 200 &&
    statusCode <= 599 &&
    (headers == null || isObject(headers)) &&
    (multiValueHeaders == null || isObject(multiValueHeaders)) &&
    (body == null || typeof body === 'string') &&
    (isBase64Encoded == null || typeof isBase64Encoded === 'boolean');
  if (!isWellFormed) return undefined;
  return { statusCode, headers: headers ?? {}, body: body ?? undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
