import { useId } from 'react'
import { Field, Input, Select } from '@/components/ui/field'
import { fieldMessage } from '@/lib/api/problem'
import { type Frequency, type Schedule, WEEKDAYS } from '../schedule'
import type { TypeFieldsProps } from './fields'

const FREQUENCIES: Record<Frequency, string> = {
  hour: 'Every hour',
  day: 'Every day',
  weekday: 'Monday to Friday',
  week: 'Every week',
  month: 'Every month',
  cron: 'As a cron expression says',
}

const DAYS = Array.from({ length: 31 }, (_, index) => index + 1)

export function ScheduleFields({ draft, onChange, error }: TypeFieldsProps) {
  const zones = useId()
  const { schedule } = draft
  const set = (patch: Partial<Schedule>) => onChange({ schedule: { ...schedule, ...patch } })
  const fault = fieldMessage(error, 'cron')
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <Field label="How often" error={schedule.frequency === 'cron' ? undefined : fault}>
        {(control) => (
          <Select
            {...control}
            value={schedule.frequency}
            onChange={(event) => set({ frequency: event.target.value as Frequency })}
          >
            {Object.entries(FREQUENCIES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {schedule.frequency === 'cron' ? (
        <Field
          label="Cron expression"
          hint="Minute, hour, day of month, month, day of week (0 is Sunday)."
          error={fault}
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              placeholder="*/15 8-18 * * 1-5"
              value={schedule.cron}
              onChange={(event) => set({ cron: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <Field label="At" hint={schedule.frequency === 'hour' ? 'Only the minutes count.' : undefined}>
          {(control) => (
            <Input
              {...control}
              type="time"
              value={schedule.time}
              onChange={(event) => event.target.value && set({ time: event.target.value })}
            />
          )}
        </Field>
      )}
      {schedule.frequency === 'week' && (
        <Field label="On">
          {(control) => (
            <Select
              {...control}
              value={schedule.weekday}
              onChange={(event) => set({ weekday: event.target.value })}
            >
              {WEEKDAYS.map((name, index) => (
                <option key={name} value={index}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {schedule.frequency === 'month' && (
        <Field label="Day of the month" hint="Months without that day are left out.">
          {(control) => (
            <Select {...control} value={schedule.day} onChange={(event) => set({ day: event.target.value })}>
              {DAYS.map((day) => (
                <option key={day}>{day}</option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field label="Time zone" error={fieldMessage(error, 'timezone')}>
        {(control) => (
          <>
            <Input
              {...control}
              list={zones}
              value={draft.timezone}
              onChange={(event) => onChange({ timezone: event.target.value })}
            />
            <datalist id={zones}>
              {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Times that were missed">
        {(control) => (
          <Select
            {...control}
            value={draft.missed}
            onChange={(event) => onChange({ missed: event.target.value === 'once' ? 'once' : 'skip' })}
          >
            <option value="skip">Wait for the next time</option>
            <option value="once">Run once for what was missed</option>
          </Select>
        )}
      </Field>
    </div>
  )
}
