import { expect, it } from 'vitest'
import { type BucketDraft, complete, emptyBucket, permissions, toBody, trust } from './bucket'

const key: BucketDraft = {
  ...emptyBucket,
  bucket: ' audit ',
  region: 'eu-central-1',
  accessKeyId: 'AKIA',
  secretAccessKey: ' s ',
}

it('asks for a bucket, its region, and one way in', () => {
  expect(complete(emptyBucket)).toBe(false)
  expect(complete(key)).toBe(true)
  expect(complete({ ...key, access: 'role' })).toBe(false)
  expect(complete({ ...key, access: 'role', roleArn: 'arn:aws:iam::1:role/x' })).toBe(true)
  expect(complete({ ...key, secretAccessKey: '' })).toBe(false)
})

it('sends one way in, and no lock where none is asked for', () => {
  expect(toBody({ ...key, roleArn: 'left over' })).toEqual({
    type: 's3',
    bucket: 'audit',
    region: 'eu-central-1',
    fromStart: false,
    accessKeyId: 'AKIA',
    secretAccessKey: 's',
  })
  const role = toBody({ ...key, access: 'role', roleArn: 'arn:role', endpoint: 'https://x', lockDays: '30' })
  expect(role).toMatchObject({ roleArn: 'arn:role', objectLockDays: 30, objectLockMode: 'GOVERNANCE' })
  expect(role).not.toHaveProperty('endpoint')
  expect(role).not.toHaveProperty('secretAccessKey')
})

it('tells what has to be allowed, and no more', () => {
  expect(JSON.parse(permissions({ ...key, prefix: 'apiq/' })).Statement).toEqual([
    { Effect: 'Allow', Action: ['s3:PutObject'], Resource: 'arn:aws:s3:::audit/apiq/*' },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::audit/apiq/apiq-*' },
  ])
  expect(permissions({ ...key, lockDays: '1' })).toContain('s3:PutObjectRetention')
  expect(JSON.parse(trust('arn:aws:iam::1:root', 'wsp_1')).Statement[0].Condition).toEqual({
    StringEquals: { 'sts:ExternalId': 'wsp_1' },
  })
})
