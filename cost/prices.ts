// Prices of AWS in US dollars: list prices in us-east-1 as of November 2026, without free tiers, credits and taxes.
// `copies` marks a price that was read in copies of the price page only.

/** Month of the prices. */
export const PRICES_AS_OF = 'November 2026';
export const PRICES_REGION = 'us-east-1';

const MILLION = 1_000_000;

export const PRICES = {
  // https://aws.amazon.com/api-gateway/pricing/ (the price beyond the first thousand million: copies)
  gatewayMessage: { first: 1.0 / MILLION, firstCount: 1_000 * MILLION, beyond: 0.8 / MILLION },
  gatewayConnectionMinute: 0.25 / MILLION,
  // https://aws.amazon.com/lambda/pricing/ (Arm; lower beyond 7,500 million GB-seconds)
  lambdaRequest: 0.2 / MILLION,
  lambdaGigabyteSecond: 0.000_013_333_4,
  // https://aws.amazon.com/dynamodb/pricing/on-demand/ (copies; half of what it was before November 2024)
  tableWriteUnit: 0.625 / MILLION,
  tableReadUnit: 0.125 / MILLION,
  // https://aws.amazon.com/eventbridge/pricing/ (copies)
  schedulerInvocation: 1.0 / MILLION,
  // https://aws.amazon.com/sqs/pricing/ (copies; standard queues, 64 KB a request)
  queueRequest: 0.4 / MILLION,
  // https://aws.amazon.com/cloudwatch/pricing/ (copies; per month, except the gigabyte)
  logGigabyte: 0.5,
  customMetric: 0.3,
  dashboard: 3.0,
  alarmMetric: 0.1,
  // https://aws.amazon.com/cloudfront/pricing/ (North America and Europe; higher elsewhere, lower beyond 10 TB)
  cdnGigabyte: 0.085,
  cdnRequest: 0.01 / 10_000,
  // https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer (copies; out to the internet, lower beyond 10 TB)
  dataGigabyte: 0.09,
  // https://aws.amazon.com/secrets-manager/pricing/ (copies; per month)
  secret: 0.4,
} as const;
