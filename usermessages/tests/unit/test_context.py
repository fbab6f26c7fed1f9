# SPDX-License-Identifier: Apache-2.0

from oslo_context import context as oslo_context

from usermessages import context
from usermessages.tests import base


class RequestContextTest(base.TestCase):

    def test_has_a_request_id_of_its_own(self):
        """A message leads an operator to the lines of the log."""
        first = context.RequestContext(overwrite=False)
        second = context.RequestContext(overwrite=False)

        for made in (first, second):
            self.assertRegex(
                made.request_id,
                r'^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
        self.assertNotEqual(first.request_id, second.request_id)

    def test_needs_no_project(self):
        """The program of the README names the project in the call."""
        self.assertIsNone(context.RequestContext(overwrite=False).project_id)

    def test_is_a_context_of_oslo(self):
        """oslo.log and oslo.policy accept the context."""
        made = context.RequestContext(project_id=base.PROJECT,
                                      user_id='alice', overwrite=False)

        self.assertIsInstance(made, oslo_context.RequestContext)
        self.assertEqual((base.PROJECT, 'alice'),
                         (made.project_id, made.user_id))


class HostContext(context.MessageAttributes, oslo_context.RequestContext):
    """A context as a service makes one."""


class MessageAttributesTest(base.TestCase):

    def test_survive_the_way_to_another_process(self):
        """Services know the resource of a message from the start of a request.
        """
        sent = HostContext(
            project_id=base.PROJECT, message_action=('007', 'secret'),
            message_resource_type='VOLUME', message_resource_id=base.RESOURCE)

        values = sent.to_dict()
        came = HostContext.from_dict(values)

        self.assertNotIn('secret', str(values))
        self.assertEqual(
            (base.PROJECT, '007', 'VOLUME', base.RESOURCE),
            (came.project_id, came.message_action, came.message_resource_type,
             came.message_resource_id))

    def test_service_makes_its_contexts_in_its_own_way(self):
        """The methods of a service have their own arguments."""
        class CinderContext(oslo_context.RequestContext):
            @classmethod
            def from_dict(cls, values):
                return cls(project_id=values['project_id'])

        class Context(context.MessageAttributes, CinderContext):
            pass

        for action, expected in (('007', '007'), ((), ()), (None, None)):
            came = Context.from_dict(Context(
                project_id=base.PROJECT, message_action=action).to_dict())

            self.assertEqual((base.PROJECT, expected),
                             (came.project_id, came.message_action))

    def test_are_none_if_not_set(self):
        """An older process sends a context without them."""
        came = HostContext.from_dict({'project_id': base.PROJECT})

        self.assertEqual((None, None, None), (
            came.message_action, came.message_resource_type,
            came.message_resource_id))
