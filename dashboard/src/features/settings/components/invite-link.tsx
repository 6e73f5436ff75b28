import { CopyButton } from '@/components/ui/copy-button'
import { usePublicUrl } from '@/lib/use-public-url'

/** The link of an invitation, at the one moment that it can be shown. */
export function InviteLink({ token }: { token: string }) {
  const link = `${usePublicUrl()}/register#${token}`
  return (
    <div role="status" className="rounded-md bg-ok-soft px-3 py-2 text-sm">
      <p className="text-ok">It goes by mail where mail is set up. The link is shown once and works once.</p>
      <p className="mt-1 flex items-center gap-1">
        <code className="min-w-0 flex-1 break-all font-mono text-xs">{link}</code>
        <CopyButton text={link} label="Copy invitation link" />
      </p>
    </div>
  )
}
