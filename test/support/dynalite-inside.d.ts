// Parts of dynalite that immediate-table.ts uses without its server. The package has no types.

declare module 'dynalite/actions/updateItem.js' {
  import type { AttributeValue } from '@aws-sdk/client-dynamodb';

  interface Answer {
    readonly Attributes?: Record<string, AttributeValue>;
  }

  /** Calls back before it returns if its store does so. */
  export default function updateItem(
    store: object,
    request: object,
    callback: (error: unknown, answer?: Answer) => void,
  ): void;
}

declare module 'dynalite/validations/updateItem.js' {
  /** Parses the expressions of a request. @returns an error message if they are invalid */
  export function custom(request: object): string | undefined;
}
