// Removes the resources that an emulator's CloudFormation does not know from a stack.

import { Aspects, CfnResource, type IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param types for example `AWS::ApiGatewayV2::RouteResponse` */
export function leaveOut(scope: IConstruct, types: readonly string[]): void {
  Aspects.of(scope).add(new LeaveOut(new Set(types)));
}

class LeaveOut implements IAspect {
  readonly #types: ReadonlySet<string>;

  constructor(types: ReadonlySet<string>) {
    this.#types = types;
  }

  visit({ node }: IConstruct): void {
    for (const child of node.children) {
      if (CfnResource.isCfnResource(child) && this.#types.has(child.cfnResourceType))
        node.tryRemoveChild(child.node.id);
    }
  }
}
