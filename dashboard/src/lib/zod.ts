/** zod without its compiler: `new Function` is refused by the content security policy. Import zod from here only. */
import { config } from 'zod/v4-mini'

config({ jitless: true })

export * from 'zod/v4-mini'
