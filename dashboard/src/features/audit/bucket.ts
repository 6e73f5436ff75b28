/** What a person enters of a bucket. */
export interface BucketDraft {
  bucket: string
  region: string
  prefix: string
  endpoint: string
  access: 'role' | 'key'
  roleArn: string
  accessKeyId: string
  secretAccessKey: string
  lockDays: string
  lockMode: 'GOVERNANCE' | 'COMPLIANCE'
  fromStart: boolean
}

export const emptyBucket: BucketDraft = {
  bucket: '',
  region: '',
  prefix: '',
  endpoint: '',
  access: 'key',
  roleArn: '',
  accessKeyId: '',
  secretAccessKey: '',
  lockDays: '',
  lockMode: 'GOVERNANCE',
  fromStart: false,
}

export function complete(draft: BucketDraft): boolean {
  const access =
    draft.access === 'role' ? draft.roleArn.trim() : draft.accessKeyId.trim() && draft.secretAccessKey
  return Boolean(draft.bucket.trim() && draft.region.trim() && access)
}

/** The draft as a request has it: what was left empty is left out. */
export function toBody(draft: BucketDraft) {
  const days = Number.parseInt(draft.lockDays, 10) || 0
  const text = (value: string) => value.trim() || undefined
  return {
    type: 's3' as const,
    bucket: draft.bucket.trim(),
    region: draft.region.trim(),
    prefix: text(draft.prefix),
    fromStart: draft.fromStart,
    ...(draft.access === 'role'
      ? { roleArn: text(draft.roleArn) }
      : {
          endpoint: text(draft.endpoint),
          accessKeyId: text(draft.accessKeyId),
          secretAccessKey: text(draft.secretAccessKey),
        }),
    ...(days !== 0 && { objectLockDays: days, objectLockMode: draft.lockMode }),
  }
}

/** What the role, or the user of the key, has to be allowed. */
export function permissions(draft: BucketDraft): string {
  const folder = draft.prefix.trim().replace(/\/*$/, '')
  const objects = `arn:aws:s3:::${draft.bucket.trim() || 'BUCKET'}/${folder ? `${folder}/` : ''}`
  const put = ['s3:PutObject', ...(Number.parseInt(draft.lockDays, 10) ? ['s3:PutObjectRetention'] : [])]
  return policy(
    { Effect: 'Allow', Action: put, Resource: `${objects}*` },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `${objects}apiq-*` },
  )
}

/** Who may assume the role, and by which external id. */
export function trust(principal: string, workspace: string): string {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': workspace } },
  })
}

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)
}
