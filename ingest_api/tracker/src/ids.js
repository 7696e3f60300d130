// @ts-check
/** Make an id of 128 random bits; on plain http too, where `crypto.randomUUID` is not there. @returns {string} */
export const newId = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('');
