"""Prints what cfn-lint and parliament find in templates, and exits with 1 when that is more than the list below allows."""

import json
import os
import subprocess
import sys
import warnings

# pkg_resources, which parliament imports, prints a deprecation warning.
warnings.simplefilter("ignore")
from parliament import analyze_policy_string

# Regions that lack a type of resource, by prefix, with the reason why the stack uses the type nevertheless.
MISSING_TYPES = {
    ("AWS::CloudFront::OriginAccessControl", "cn-"): "CloudFront in China has only the older origin access identities.",
    ("AWS::CloudFront::OriginAccessControl", "us-gov-"): "GovCloud has no CloudFront: site=false leaves it out.",
    ("AWS::CloudFront::ResponseHeadersPolicy", "us-gov-"): "GovCloud has no CloudFront: site=false leaves it out.",
    ("AWS::CloudFront::Distribution", "us-gov-"): "GovCloud has no CloudFront: site=false leaves it out.",
}

# W3005: dependencies of the CDK that a reference already implies. They are harmless.
CFN_LINT = [os.path.join(os.path.dirname(sys.executable), "cfn-lint")]
CFN_LINT += ["--regions", "ALL_REGIONS", "--ignore-checks", "W3005", "--format", "json", "--template"]

PSEUDO_PARAMETERS = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}

# Patterns for the ARNs of resources in policies.
ARNS = {
    "AWS::CloudFront::Distribution": "arn:aws:cloudfront::123456789012:distribution/{}",
    "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:us-east-1:123456789012:table/{}",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:123456789012:function:{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:{}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:{}",
}

# Types whose policies have resources. parliament does not support the trust policies of roles.
POLICIES = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}


def lint(path, used):
    """Yields the findings of cfn-lint, and adds the keys of MISSING_TYPES that it meets to `used`."""
    run = subprocess.run([*CFN_LINT, path], stdout=subprocess.PIPE, text=True)
    for finding in json.loads(run.stdout):
        rule, message = finding["Rule"]["Id"], finding["Message"]
        words = message.split("'")
        # Resource type '<type>' does not exist in '<region>'
        missing = [key for key in MISSING_TYPES if rule == "E3006" and key[0] == words[1] and words[3].startswith(key[1])]
        used.update(missing)
        if not missing:
            yield f"{rule} {message} ({'/'.join(map(str, finding['Location']['Path'] or []))})"


def resolve(value, resources):
    """Replaces the intrinsic functions of a policy."""
    if isinstance(value, list):
        return [resolve(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    for key, argument in value.items():
        if key == "Ref":
            return PSEUDO_PARAMETERS.get(argument, argument)
        if key == "Fn::GetAtt" and argument[1] == "Arn":
            return ARNS[resources[argument[0]]["Type"]].format(argument[0].lower())
        if key == "Fn::Join":
            return argument[0].join(resolve(argument[1], resources))
        if key.startswith("Fn::"):
            raise ValueError(f"{key} of {argument} has no stand-in in {__file__}")
    return {key: resolve(item, resources) for key, item in value.items()}


def analyze(path, checked):
    """Yields the findings of parliament, and adds the logical ids of the policies to `checked`."""
    with open(path, encoding="utf-8") as file:
        resources = json.load(file)["Resources"]
    for logical_id, resource in resources.items():
        documents = [policy["PolicyDocument"] for policy in resource.get("Properties", {}).get("Policies", [])]
        if resource["Type"] in POLICIES:
            documents.append(resource["Properties"]["PolicyDocument"])
        for document in documents:
            checked.append(logical_id)
            text = json.dumps(resolve(document, resources))
            for finding in analyze_policy_string(text, include_community_auditors=True).findings:
                yield f"{finding.issue} {finding.detail} ({logical_id})"


def main(paths):
    used, checked, findings = set(), [], []
    for path in paths:
        findings += [f"{path}: {finding}" for finding in [*lint(path, used), *analyze(path, checked)]]
    # An unused entry would hide a later finding.
    findings += [f"{name} is in {prefix}… by now: remove it from the list" for name, prefix in MISSING_TYPES.keys() - used]
    print("\n".join(findings + [f"{len(paths)} templates, {len(checked)} policies, {len(findings)} findings"]))
    return 1 if findings or not checked else 0


sys.exit(main(sys.argv[1:]))
