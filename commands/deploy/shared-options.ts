// Of the options of `cdk deploy`, those that `cdk diff` knows too: they choose app, settings and account.

/** Each has a value. */
const SHARED = ['-c', '--context', '-a', '--app', '-r', '--role-arn', '--profile'];

/** @returns the shared options with their values, in their order */
export function sharedOptions(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => {
    const isOption = SHARED.includes(argument) || SHARED.some((option) => argument.startsWith(`${option}=`));
    const isValue = SHARED.includes(args[index - 1] ?? '');
    return isOption || isValue ? [argument] : [];
  });
}
