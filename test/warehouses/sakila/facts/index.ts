export { rental } from './rental.ts'
export { payment } from './payment.ts'
export { film_actor } from './film_actor.ts'
