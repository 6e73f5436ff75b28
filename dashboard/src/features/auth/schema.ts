import * as z from '@/lib/zod'

const email = z.string().check(z.trim(), z.email('Enter an e-mail address, such as ada@example.com.'))

export const loginSchema = z.object({
  email,
  password: z.string().check(z.minLength(1, 'Enter your password.')),
  code: z.optional(z.string()),
})

/** As the server asks: it is the one that decides. */
export const MIN_PASSWORD = 10

export const registerSchema = z.object({
  email,
  name: z.string().check(z.trim(), z.minLength(1, 'Enter your name.')),
  password: z.string().check(z.minLength(MIN_PASSWORD, `Use at least ${MIN_PASSWORD} characters.`)),
  workspace: z.optional(z.string()),
})

export type LoginValues = z.infer<typeof loginSchema>
export type RegisterValues = z.infer<typeof registerSchema>
