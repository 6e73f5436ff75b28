/** The thin bar while a page's code or data is on its way. */
export function Pending() {
  return (
    <div role="status" aria-label="Loading" className="fixed inset-x-0 top-0 z-50 h-0.5">
      <div className="h-full animate-sweep bg-[length:200%_100%] bg-linear-to-r from-transparent via-accent to-transparent" />
    </div>
  )
}
