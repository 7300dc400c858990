"""What is read: small, but with every way of storing in it, and of several transactions."""
import json
import random

CONVERSATIONS = 40
SPANS = 30
# Of text in a file: the program begins another transaction after 8 MiB of payload.
LARGE = 8_600_000
SMALL = 600_000


def make(folder, characters):
    """Writes the two files, with so much text in each, into `folder` and returns their paths."""
    folder.mkdir()
    random.seed(1)
    files = [folder / "chat.jsonl", folder / "spans.jsonl"]
    files[0].write_text("".join(chats(characters // CONVERSATIONS)))
    files[1].write_text("".join(spans(characters // SPANS)))
    return [str(file) for file in files]


def text(characters):
    """Much payload makes transactions, and as nearly all of it packs to nothing a run is short; the noise makes pages."""
    noise = random.randbytes(24_000).hex()
    return noise + " " + "-" * (characters - len(noise))


def chats(characters):
    for number in range(CONVERSATIONS):
        call = {"id": "t", "type": "function", "function": {"name": "find_order", "arguments": f'{{"order": {number}}}'}}
        yield json.dumps({
            "id": f"chat-{number}",
            "user_id": f"user-{number % 7}",
            "scores": {"reward": number % 2},
            "metadata": {"region": f"r{number % 3}"},
            "messages": [
                {"role": "system", "content": f"Be kind, version {number % 4}."},
                {"role": "user", "content": f"Where is order {number}?"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "t", "content": text(characters)},
                {"role": "assistant", "content": f"It is on its way, {number}."},
                {"role": "user", "content": "No, that is wrong."},
            ],
        }) + "\n"
        if number % 10 == 3:
            yield '{"messages": [{"role": "user",\n'


def spans(characters):
    """Sessions of two traces, traces of three model calls: groups of pieces that a later piece makes one."""
    order = list(range(SPANS))
    random.shuffle(order)
    for number in order:
        trace, session = number // 3, number // 6
        told = {
            "session.id": f"session-{session}",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m",
            "gen_ai.input.messages": json.dumps([
                {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
                {"role": "user", "parts": [{"type": "text", "content": f"question {number}"}]},
            ]),
            "gen_ai.output.messages": json.dumps([
                {"role": "assistant", "parts": [{"type": "text", "content": text(characters)}]},
            ]),
        }
        span = {
            "traceId": f"{trace + 1:032x}",
            "spanId": f"{number + 1:016x}",
            "name": "chat m",
            "startTimeUnixNano": str(1_787_297_955_000_000_000 + number * 1_000_000_000),
            "endTimeUnixNano": str(1_787_297_955_500_000_000 + number * 1_000_000_000),
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in told.items()],
        }
        yield json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n"
