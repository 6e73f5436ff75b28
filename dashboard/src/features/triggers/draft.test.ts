import { describe, expect, it } from 'vitest'
import type { Trigger } from '@/lib/api/types'
import { inputFields } from '@/lib/document'
import { bodyOf, type Draft, draftOf } from './draft'

const fields = inputFields({
  input: { required: ['id'], properties: { id: { type: 'string' }, count: { type: 'integer' } } },
})

const trigger = (rest: Partial<Trigger>) => ({ id: 'trg_1', type: 'event', ...rest }) as Trigger
const send = (patch: Partial<Draft>, from?: Trigger) => bodyOf({ ...draftOf(fields, from), ...patch }, fields)

describe('a trigger’s form', () => {
  it('sends what its type has', () => {
    expect(send({ type: 'event', event: ' a.b ', filter: '{% true %}' }).body).toEqual({
      type: 'event',
      event: 'a.b',
      filter: '{% true %}',
      input: null,
    })
    expect(send({ timezone: 'Europe/Berlin', values: { id: 'a' } }).body).toEqual({
      type: 'schedule',
      cron: '0 9 * * *',
      timezone: 'Europe/Berlin',
      missed: 'skip',
      filter: '',
      input: { id: 'a' },
    })
  })

  it('sends a signature’s fields and a secret only where they count', () => {
    expect(send({ type: 'webhook' }).body).toEqual({
      type: 'webhook',
      filter: '',
      input: null,
      signature: { kind: 'standard' },
    })
    const signature = { ...draftOf([]).signature, kind: 'hmac' as const, header: 'X-Sign', prefix: 'v1=' }
    expect(send({ type: 'webhook', signature, secret: 's' }).body).toMatchObject({
      secret: 's',
      signature: { kind: 'hmac', header: 'X-Sign', algorithm: 'sha256', encoding: 'hex', prefix: 'v1=' },
    })
  })

  it('takes an expression for any type, and refuses what does not fit', () => {
    expect(send({ type: 'event', values: { id: 'a', count: '{% $event.data.n %}' } }).body.input).toEqual({
      id: 'a',
      count: '{% $event.data.n %}',
    })
    expect(send({ type: 'event', values: { count: 'x' } }).faults).toEqual({
      id: 'This one is needed.',
      count: 'Enter a whole number.',
    })
    expect(send({}).faults).toEqual({ id: 'This one is needed.' })
    expect(send({ type: 'webhook' }).faults).toEqual({})
  })

  it('shows a template’s fields, and as JSON what they cannot say', () => {
    expect(draftOf(fields, trigger({ input: { id: '{% $event.id %}', count: 3 } }))).toMatchObject({
      values: { id: '{% $event.id %}', count: '3' },
      json: null,
    })
    for (const input of [{ other: 1 }, '{% $event.data %}', { count: '3' }]) {
      const from = trigger({ input })
      expect(draftOf(fields, from).json).not.toBeNull()
      expect(send({}, from).body.input).toEqual(input)
    }
    expect(send({ json: '{' }, trigger({ input: 1 })).faults).toEqual({ json: 'Enter a JSON value.' })
  })
})
