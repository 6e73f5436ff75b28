import { type ClassValue, clsx } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

// The type scale is ours: without this, `text-2xs` would be taken for a colour and dropped.
const merge = extendTailwindMerge({ extend: { classGroups: { 'font-size': [{ text: ['2xs', 'md'] }] } } })

/** Joins class names; later Tailwind classes win. */
export function cn(...inputs: ClassValue[]): string {
  return merge(clsx(inputs))
}
