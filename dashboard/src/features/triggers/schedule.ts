/** How often a schedule comes, as far as a form can say it; anything else is a cron expression. */
export type Frequency = 'hour' | 'day' | 'weekday' | 'week' | 'month' | 'cron'

export interface Schedule {
  frequency: Frequency
  /** "09:00"; of an hourly schedule only the minutes count. */
  time: string
  /** 0 is Sunday. */
  weekday: string
  day: string
  cron: string
}

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const MORNING: Schedule = { frequency: 'day', time: '09:00', weekday: '1', day: '1', cron: '' }

export function toCron({ frequency, time, weekday, day, cron }: Schedule): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  switch (frequency) {
    case 'hour':
      return `${minute} * * * *`
    case 'day':
      return `${minute} ${hour} * * *`
    case 'weekday':
      return `${minute} ${hour} * * 1-5`
    case 'week':
      return `${minute} ${hour} * * ${weekday}`
    case 'month':
      return `${minute} ${hour} ${day} * *`
    case 'cron':
      return cron
  }
}

/** The form's reading of an expression; without one it proposes every morning. */
export function fromCron(cron?: string): Schedule {
  if (!cron) return MORNING
  const [, minute, hour, day, weekday] =
    /^([0-5]?\d) (\*|[01]?\d|2[0-3]) (\*|[12]?\d|3[01]) \* (\*|1-5|[0-6])$/.exec(cron) ?? []
  const own: Schedule = { ...MORNING, frequency: 'cron', cron }
  if (minute === undefined || hour === undefined || day === undefined || weekday === undefined) return own
  const time = `${hour === '*' ? '00' : hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  const as = (frequency: Frequency, rest: Partial<Schedule> = {}) => ({ ...own, ...rest, frequency, time })
  if (hour === '*') return day === '*' && weekday === '*' ? as('hour') : own
  if (day !== '*') return weekday === '*' && day !== '0' ? as('month', { day }) : own
  if (weekday === '*') return as('day')
  return weekday === '1-5' ? as('weekday') : as('week', { weekday })
}

/** "Every weekday at 09:00"; an expression that the form has no words for stays as it is. */
export function describeCron(cron: string): string {
  const { frequency, time, weekday, day } = fromCron(cron)
  switch (frequency) {
    case 'hour':
      return `Every hour at minute ${Number(time.slice(3))}`
    case 'day':
      return `Every day at ${time}`
    case 'weekday':
      return `Every weekday at ${time}`
    case 'week':
      return `Every ${WEEKDAYS[Number(weekday)]} at ${time}`
    case 'month':
      return `On day ${day} of each month at ${time}`
    case 'cron':
      return cron
  }
}
