import type { Case } from '../case.ts'
import { fact } from './fact.ts'

/** In the order in which they are measured. */
export const cases: readonly Case[] = [fact]
