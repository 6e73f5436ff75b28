/** What the policy of a workspace's own key has to allow, and under which encryption context. */
export function keyPolicy(principal: string, workspace: string): string {
  return JSON.stringify(
    {
      Sid: 'APIQ',
      Effect: 'Allow',
      Principal: { AWS: principal },
      Resource: '*',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      Condition: {
        StringEquals: {
          'kms:EncryptionContext:app': 'apiq',
          'kms:EncryptionContext:purpose': 'credentials',
          'kms:EncryptionContext:tenant': workspace,
        },
      },
    },
    null,
    2,
  )
}
