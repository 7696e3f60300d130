// Each call holds a field that the adapters read against its declared type; `undefined` is always allowed.
export declare const text: (value: string | undefined) => void;
export declare const number: (value: number | undefined) => void;
export declare const boolean: (value: boolean | undefined) => void;
export declare const code: (value: string | number | undefined) => void;

/** What a listener is given: 4.x declares functions, 3.x payloads. */
export type Payload<Declared> = Declared extends (data: infer Data) => void ? Data : Declared;

/** One function an event: an event that is not named here does not compile, and the error says its name. */
export type Reads<Events> = { [Name in keyof Events]-?: (data: NonNullable<Payload<Events[Name]>>) => void };
