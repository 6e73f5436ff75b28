import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import type { Execution, ExecutionStatus } from '@/lib/api/types'
import { isOnItsWay } from '../outcome'

export interface RunFilter {
  status?: ExecutionStatus
  workflowId?: string
}

export function useRuns({ status, workflowId }: RunFilter) {
  return $api.useInfiniteQuery(
    'get',
    '/api/executions',
    {
      params: { query: { limit: 50, ...(status ? { status } : {}), ...(workflowId ? { workflowId } : {}) } },
    },
    {
      ...paged,
      // Runs move on without us while any of them goes.
      refetchInterval: ({ state }) =>
        state.data?.pages.some(({ data }) => data.some(isLive)) ? 2000 : false,
    },
  )
}

export function isLive({ status }: { status: string }): boolean {
  return status === 'PENDING' || status === 'RUNNING'
}

export function isEnded({ status }: { status: string }): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED'
}

export function useRun(id: string) {
  return $api.useQuery(
    'get',
    '/api/executions/{id}',
    { params: { path: { id } } },
    {
      // No event tells of an answer that comes after the run's end.
      refetchInterval: ({ state }) => {
        const run = state.data?.data
        return run && isEnded(run) && run.steps.some(isOnItsWay) ? 3000 : false
      },
    },
  )
}

/** The workflow of a run: its newest version, and the document of the run's own. */
export function useRunWorkflow({ workflowId: id, version }: Execution) {
  const newest = $api.useQuery('get', '/api/workflows/{id}', { params: { path: { id } } })
  const own = $api.useQuery('get', '/api/workflows/{id}/versions', {
    params: { path: { id }, query: { version } },
  })
  return { newest, own }
}

/** Asks for one run, and the lists it is in, again. */
export function useRunChanged(id: string) {
  const queries = useQueryClient()
  return useCallback(async () => {
    const { queryKey } = $api.queryOptions('get', '/api/executions/{id}', { params: { path: { id } } })
    await Promise.all([
      queries.invalidateQueries({ queryKey }),
      queries.invalidateQueries({ queryKey: ['get', '/api/executions'], refetchType: 'none' }),
      queries.invalidateQueries({ queryKey: ['get', '/api/approvals'] }),
    ])
  }, [queries, id])
}

/** How often is looked whether something waits for the person. */
const LOOK = 15_000

/** What waits for the person, the oldest first. */
export function useInbox() {
  return $api.useInfiniteQuery(
    'get',
    '/api/approvals',
    { params: { query: { limit: 25 } } },
    { ...paged, refetchInterval: LOOK },
  )
}

/** How much waits for the person: "3", "100+", or nothing. */
export function useWaitingCount(enabled: boolean): string {
  const { data } = $api.useQuery(
    'get',
    '/api/approvals',
    { params: { query: { limit: 100 } } },
    { enabled, refetchInterval: LOOK },
  )
  if (!data?.data.length) return ''
  return `${data.data.length}${data.meta.nextCursor ? '+' : ''}`
}
