import type {
  ConnectionStatus as ConnectionState,
  ExecutionStatus,
  Risk,
  StepState,
  WorkflowState,
} from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { stepState } from '@/lib/run-state'
import { Badge, type Tone } from './ui/badge'

interface Look {
  label: string
  tone: Tone
  live?: boolean
}

const runLooks: Record<ExecutionStatus, Look> = {
  PENDING: { label: 'Queued', tone: 'neutral', live: true },
  RUNNING: { label: 'Running', tone: 'accent', live: true },
  WAITING: { label: 'Waiting for you', tone: 'warn' },
  COMPLETED: { label: 'Completed', tone: 'ok' },
  FAILED: { label: 'Failed', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'outline' },
}

const stepLooks: Record<StepState, Look> = {
  RUNNING: { label: 'Running', tone: 'accent', live: true },
  WAITING: { label: 'Waiting', tone: 'warn' },
  UNKNOWN: { label: 'Outcome unknown', tone: 'warn' },
  COMPLETED: { label: 'Completed', tone: 'ok' },
  FAILED: { label: 'Failed', tone: 'bad' },
  CONTINUED: { label: 'Failed, went on', tone: 'warn' },
  CANCELLED: { label: 'Cancelled', tone: 'outline' },
}

const connectionLooks: Record<ConnectionState, Look> = {
  IMPORTING: { label: 'Importing', tone: 'accent', live: true },
  ACTIVE: { label: 'Active', tone: 'ok' },
  FAILED: { label: 'Import failed', tone: 'bad' },
  UNREACHABLE: { label: 'Unreachable', tone: 'warn' },
  CREDENTIALS_INVALID: { label: 'Credential refused', tone: 'bad' },
  NEEDS_AUTHORISATION: { label: 'Not connected', tone: 'warn' },
}

const workflowLooks: Record<WorkflowState, Look> = {
  DRAFT: { label: 'Draft', tone: 'outline' },
  ACTIVE: { label: 'Active', tone: 'ok' },
  INACTIVE: { label: 'Inactive', tone: 'neutral' },
}

const riskLooks: Record<Risk, Look> = {
  read: { label: 'Read', tone: 'neutral' },
  write: { label: 'Write', tone: 'warn' },
  irreversible: { label: 'Irreversible', tone: 'bad' },
}

function Dot({ live }: { live?: boolean }) {
  return <span aria-hidden className={cn('size-1.5 rounded-full bg-current', live && 'animate-pulse-soft')} />
}

function look(looks: Record<string, Look>, key: string): Look {
  return looks[key] ?? { label: key.toLowerCase().replaceAll('_', ' '), tone: 'neutral' }
}

function LookBadge({ label, tone, live }: Look) {
  return (
    <Badge tone={tone}>
      <Dot live={live} />
      {label}
    </Badge>
  )
}

export function RunStatus({ status }: { status: string }) {
  return <LookBadge {...look(runLooks, status)} />
}

/** Of a step or of one attempt, whose words differ. */
export function StepStatus({ status }: { status: string }) {
  return <LookBadge {...look(stepLooks, stepState(status))} />
}

export function ConnectionStatus({ status }: { status: string }) {
  return <LookBadge {...look(connectionLooks, status)} />
}

export function WorkflowStatus({ status }: { status: string }) {
  return <LookBadge {...look(workflowLooks, status)} />
}

export function RiskBadge({ risk }: { risk: string }) {
  const { label, tone } = look(riskLooks, risk)
  return <Badge tone={tone}>{label}</Badge>
}
