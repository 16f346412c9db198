// The intrinsic functions of CloudFormation that the template uses.

/** Values of `Ref` by logical id, and of `Fn::GetAtt` by logical id and attribute, as `id.attribute`. */
export type StandIns = Readonly<Record<string, string>>;

const PSEUDO_PARAMETERS: StandIns = {
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'Tickcast',
};

/** Resolves a resource without a given value to its logical id.
 *  @throws Error for an unknown intrinsic function */
export function resolveIntrinsics(value: unknown, standIns: StandIns = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveIntrinsics(item, standIns));
  if (typeof value !== 'object' || value === null) return value;
  const [[key = '', argument] = [], ...others] = Object.entries(value);
  if (others.length > 0 || !(key === 'Ref' || key.startsWith('Fn::'))) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolveIntrinsics(item, standIns)]));
  }
  const referred = (id: string) => standIns[id] ?? PSEUDO_PARAMETERS[id] ?? id;
  switch (key) {
    case 'Ref':
      return referred(argument);
    case 'Fn::GetAtt':
      return referred(argument.join('.'));
    case 'Fn::Join':
      return (resolveIntrinsics(argument[1], standIns) as string[]).join(argument[0]);
    case 'Fn::Sub':
      return String(argument).replaceAll(/\$\{([^}]+)\}/g, (_, id) => referred(id));
    default:
      throw new Error(`the intrinsic function ${key} is not supported`);
  }
}
