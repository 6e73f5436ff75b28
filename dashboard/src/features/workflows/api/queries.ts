import { useQueryClient } from '@tanstack/react-query'
import { $api } from '@/lib/api/client'
import { paged } from '@/lib/api/paging'
import type { WorkflowState } from '@/lib/api/types'
import type { Whose } from '@/lib/sharing'

export function useWorkflows(status?: WorkflowState, owner?: Whose) {
  return $api.useInfiniteQuery(
    'get',
    '/api/workflows',
    { params: { query: { limit: 50, ...(status ? { status } : {}), ...(owner ? { owner } : {}) } } },
    paged,
  )
}

export function useTemplates() {
  return $api.useQuery('get', '/api/templates')
}

export function useWorkflow(id: string) {
  return $api.useQuery('get', '/api/workflows/{id}', { params: { path: { id } } })
}

export function useVersions(id: string) {
  return $api.useInfiniteQuery(
    'get',
    '/api/workflows/{id}/versions',
    { params: { path: { id }, query: { limit: 50 } } },
    paged,
  )
}

export function useWorkflowsChanged() {
  const queries = useQueryClient()
  return () =>
    Promise.all(
      ['/api/workflows', '/api/workflows/{id}', '/api/workflows/{id}/versions'].map((path) =>
        queries.invalidateQueries({ queryKey: ['get', path] }),
      ),
    )
}
