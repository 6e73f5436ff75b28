export interface PasswordAdvice {
  /** 0: nothing typed, 1: would be refused, 2: passes, 3: good. */
  level: 0 | 1 | 2 | 3
  words: string
}

/** A guess, while somebody types, of what the server will say: it knows the lists, this does not. */
export function passwordAdvice(password: string, least: number): PasswordAdvice {
  const letters = [...password]
  if (letters.length === 0)
    return {
      level: 0,
      words: `At least ${least} characters. A few words that do not belong together are good.`,
    }
  const missing = least - letters.length
  if (missing > 0)
    return { level: 1, words: `${missing} more ${missing === 1 ? 'character' : 'characters'}.` }
  if (new Set(letters).size < 5) return { level: 1, words: 'Too few different characters.' }
  const words = password.split(/[^\p{L}]+/u).filter((word) => word.length > 2)
  if (letters.length >= 16 || (words.length >= 3 && letters.length >= 14)) return { level: 3, words: 'Good.' }
  return { level: 2, words: 'Longer is better: add a word.' }
}
