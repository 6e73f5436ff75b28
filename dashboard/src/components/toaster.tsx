import 'sonner/dist/styles.css'
import { Toaster as Sonner } from 'sonner'

/** Short notices of what was done. Failures stay where they happened instead. */
export default function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      toastOptions={{
        classNames: {
          toast: '!rounded-lg !border-line !bg-raised !font-sans !text-ink !shadow-pop',
          description: '!text-ink-2',
          actionButton: '!bg-accent-fill !text-on-accent',
        },
      }}
    />
  )
}
