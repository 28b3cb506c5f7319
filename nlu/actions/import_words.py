"""What can be wrong with a file of training data, in the words of people who read files in the console."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from nlu.errors import UnreadableFile
from nlu.formats.records import Note, NoteCode, Problem, ProblemCode

FILE_WORDS: Final = {
    "not_utf8": _("The file is not UTF-8 text. Save it as UTF-8 and try again."),
    "too_large": _("The file is larger than %(detail)s."),
    "not_yaml": _("Line %(line)d is not YAML: %(detail)s."),
    "yaml_alias": _("Line %(line)d has an anchor or an alias (& or *). Write the content out instead."),
    "yaml_tag": _("Line %(line)d has a tag (!). Training data need none, so the file is not read."),
    "yaml_deep": _("Line %(line)d is nested deeper than %(detail)s levels."),
    "yaml_many": _(
        "The file has more than %(detail)s parts. Split it up, or write the examples as lines after “|”."
    ),
    "yaml_documents": _("A second document begins in line %(line)d. Put each into a file of its own."),
    "not_a_mapping": _(
        "This is no training data of Rasa: at the top there must be keys such as “version” and “nlu”."
    ),
    "no_nlu": _("This file of Rasa has no training data: the key “nlu” is missing."),
    "not_zip": _("The file is no ZIP archive, or it is damaged."),
    "zip_many": _("The archive has more than %(detail)s files."),
    "zip_large": _("The archive has a file that is too large, or is too large unpacked: more than %(detail)s."),
    "zip_name": _("The archive has a file whose name leads out of it or cannot be used: %(detail)s."),
    "zip_long": _("The archive has a file whose name, with its folders, is longer than %(detail)s characters."),
    "zip_twice": _("The archive has two files of one name: %(detail)s."),
    "zip_encrypted": _("The archive is protected by a password: %(detail)s."),
    "zip_link": _("The archive has a link in the place of a file: %(detail)s."),
    "zip_damaged": _("A file of the archive is damaged or packed in an unknown way: %(detail)s."),
    "no_agent": _("This is no agent of Dialogflow ES: agent.json is missing or cannot be read."),
}
"""The codes of `UnreadableFile`."""

PROBLEM_WORDS: Final[dict[ProblemCode, object]] = {
    "no_dash": _("An example must begin with “-”."),
    "no_kind": _("A section must begin with intent, synonym, lookup or regex."),
    "no_name": _("The name is missing."),
    "no_examples": _("There are no examples here, or they are written in a way that cannot be read."),
    "empty_example": _("The example is empty."),
    "bad_mark": _('A mark must be [words](type) or [words]{"entity": "type"}, in correct JSON.'),
    "long_line": _("The line has more than %(detail)s characters."),
    "key_twice": _("A key occurs twice in this section; the first one counts."),
    "synonym_twice": _("“%(detail)s” is a synonym of two values; the first one counts."),
    "synonym_nowhere": _("“%(detail)s” is a synonym, but no list and no mark says of which entity type."),
    "bad_json": _("The file is no JSON."),
    "not_a_list": _("The file must be a list."),
    "no_intent_file": _("The file of the intent that these phrases belong to is missing."),
    "no_entity_file": _("The file of the entity that these entries belong to is missing."),
    "bad_phrase": _("The phrase has no text, or not in the form that Dialogflow writes."),
    "template_phrase": _("The phrase is a template (“@type:name”), not what somebody would say."),
    "bad_entry": _("The entry has no value, or not in the form that Dialogflow writes."),
    "composite_entry": _("The entry is made of other entities (“@type”); only plain words can be read."),
}
NOTE_WORDS: Final[dict[NoteCode, object]] = {
    "plain_mark": _("%(detail)s has no counterpart here; the words stay, the mark does not"),
    "second_mark": _("Words with several marks keep the first one"),
}


def file_words(error: UnreadableFile) -> str:
    """Why a whole file cannot be used, in the reader's language."""
    return str(FILE_WORDS[error.code]) % {"line": error.line, "detail": error.detail}


def problem_words(problem: Problem) -> str:
    """Why a part of a file is left out, in the reader's language."""
    return str(PROBLEM_WORDS[problem.code]) % {"detail": problem.detail}


def note_words(note: Note) -> str:
    """What was read in another way than it was written, in the reader's language."""
    return str(NOTE_WORDS[note.code]) % {"detail": note.detail}
