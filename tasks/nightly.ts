import { task } from 'starline'

/** Every night at midnight, New York time: all that is active. Workers keep it once it is entered: npx starline schedule sync */
export const nightly = task({ schedule: '0 0 * * *', tz: 'America/New_York' })
