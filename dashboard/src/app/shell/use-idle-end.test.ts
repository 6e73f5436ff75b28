import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useIdleEnd } from './use-idle-end'

const MINUTE = 60_000
const onUse = vi.fn()
const onIdle = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})

afterEach(() => {
  vi.useRealTimers()
  vi.clearAllMocks()
})

const watch = (minutes?: number) => renderHook(() => useIdleEnd({ minutes, onUse, onIdle }))

it('ends a session once, when nobody touches the page', () => {
  watch(10)
  vi.advanceTimersByTime(9.5 * MINUTE)
  expect(onIdle).not.toHaveBeenCalled()
  vi.advanceTimersByTime(5 * MINUTE)
  expect(onIdle).toHaveBeenCalledTimes(1)
  expect(onUse).not.toHaveBeenCalled()
})

it('goes on while somebody does, and tells so once a minute at most', () => {
  watch(10)
  for (let second = 0; second < 1200; second += 5) {
    vi.advanceTimersByTime(5000)
    dispatchEvent(new Event('keydown'))
  }
  expect(onIdle).not.toHaveBeenCalled()
  expect(onUse.mock.calls.length).toBeGreaterThanOrEqual(15)
  expect(onUse.mock.calls.length).toBeLessThanOrEqual(20)
})

it('counts what happens in other tabs', () => {
  watch(10)
  vi.advanceTimersByTime(9 * MINUTE)
  localStorage.setItem('apiq.last-use', String(Date.now()))
  vi.advanceTimersByTime(9 * MINUTE)
  expect(onIdle).not.toHaveBeenCalled()
})

it('does nothing where the workspace asks for nothing', () => {
  watch()
  vi.advanceTimersByTime(1000 * MINUTE)
  expect(onIdle).not.toHaveBeenCalled()
})
