// Parts of dynalite that immediate-table.ts uses without its server. The package has no types.

declare module 'dynalite/actions/updateItem.js' {
  import type { AttributeValue } from '@aws-sdk/client-dynamodb';

  interface Answer {
    readonly Attributes?: Record<string, AttributeValue>;
  }

  /** Calls back before it returns when its store does. */
  export default function updateItem(
    store: object,
    request: object,
    callback: (error: unknown, answer?: Answer) => void,
  ): void;
}

declare module 'dynalite/validations/updateItem.js' {
  /** Parses the expressions of a request. @returns what is wrong with them */
  export function custom(request: object): string | undefined;
}
