// A monthly budget of AWS Budgets with mail to one address. It watches the whole account: a filter by tag would see nothing
// until somebody activates the tag for billing, and a budget that sees nothing comforts.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html

import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';
import { ConfigError } from '../lambdas/config.ts';

export interface MonthlyBudgetProps {
  /** Above 0. */
  readonly usd: number;
  /** Gets a mail at 80 % of it, and when the month is forecast to end above it. */
  readonly email: string;
}

export class MonthlyBudget extends CfnBudget {
  /** @throws {ConfigError} */
  constructor(scope: Construct, id: string, { usd, email }: MonthlyBudgetProps) {
    parseUsd('monthlyBudget.usd', String(usd));
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw new ConfigError(`monthlyBudget.email must be an address such as me@example.com, got "${email}"`);
    }
    const at = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    super(scope, id, {
      budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: usd, unit: 'USD' } },
      notificationsWithSubscribers: [at('ACTUAL', 80), at('FORECASTED', 100)],
    });
  }
}

/** @throws {ConfigError} */
export function parseUsd(what: string, text: string): number {
  const usd = Number(text);
  if (usd > 0 && Number.isFinite(usd)) return usd;
  throw new ConfigError(`${what} must be an amount of US dollars above 0, got "${text}"`);
}
