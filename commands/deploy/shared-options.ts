// The options that `cdk deploy` and `cdk diff` have in common: they choose the app, the settings and the account.

/** Each of these options has a value. */
const SHARED = ['-c', '--context', '-a', '--app', '-r', '--role-arn', '--profile'];

/** @returns the shared options with their values, in the given order */
export function sharedOptions(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => {
    const isOption = SHARED.includes(argument) || SHARED.some((option) => argument.startsWith(`${option}=`));
    const isValue = SHARED.includes(args[index - 1] ?? '');
    return isOption || isValue ? [argument] : [];
  });
}
