import type { Asked, Outcome } from './outcome.ts'
import { counted } from './words.ts'

/** What there is to say of a refresh that was asked for and is not waited for. */
export function askedText({ refresh = '' }: Outcome, { etls, joined }: Asked): string {
  const what = joined ? `Joined refresh ${refresh}, which was asked for already: ${counted(etls, 'ETL')}.` : `Asked for refresh ${refresh}: ${counted(etls, 'ETL')} for the workers (npm run worker).`
  return `${what}\n\nNext: npx starline status ${refresh}\n`
}
